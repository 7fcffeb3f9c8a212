"""Makes the small pictures of this folder and expected.json: what Pillow's exif_transpose and convert("RGB") make of them.

Run in this folder with Pillow 13, numpy and transformers 5: python make.py
"""

import base64
import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import numpy
from PIL import Image, ImageCms, ImageOps
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

folder = Path(__file__).parent
random = numpy.random.default_rng(7)
width, height = 23, 17


def smooth(channels, top=255):
    """A picture of gradients and a square, so that JPEG keeps it and orientation shows."""
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [x * top // (width - 1), y * top // (height - 1), (x + y) * top // (width + height - 2), (x * y) % (top + 1)]
    planes[0][2:6, 2:6] = top
    return numpy.stack(planes[:channels], axis=-1)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(bit_depth, colour_type, rows, extra=b""):
    """A PNG by hand, for the kinds that Pillow doesn't write."""
    h = len(rows)
    w = len(rows[0]) * 8 // (bit_depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type])
    header = struct.pack(">IIBBBBB", w, h, bit_depth, colour_type, 0, 0, 0)
    body = b"".join(b"\0" + bytes(row) for row in rows)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", zlib.compress(body)) + png_chunk(b"IEND", b"")
    )


def save(name, image, **options):
    image.save(folder / name, **options)


def make_pictures():
    rgb = Image.fromarray(smooth(3).astype(numpy.uint8))
    grey = Image.fromarray(smooth(1)[..., 0].astype(numpy.uint8))
    alpha = Image.fromarray((smooth(2)[..., 1] // 64 * 85).astype(numpy.uint8))
    save("rgb.png", rgb)
    save("grey.png", grey)
    save("greyAlpha.png", Image.merge("LA", (grey, alpha)))
    save("hiddenColours.png", Image.merge("RGBA", (*rgb.split(), alpha)))
    save("hiddenColours.webp", Image.merge("RGBA", (*rgb.split(), alpha)), lossless=True, exact=True)
    palette = rgb.quantize(16)
    save("palette.png", palette)
    save("paletteTransparent.png", palette, transparency=3)
    save("paletteTransparency.png", palette, transparency=bytes(range(0, 256, 16)))
    save("oneBit.png", grey.convert("1"))
    save("colourKey.png", rgb, transparency=rgb.getpixel((3, 3)))
    deep = smooth(4, 65535).astype(">u2")
    (folder / "grey16.png").write_bytes(png(16, 0, [row.tobytes() for row in deep[..., :1]]))
    (folder / "grey16Dark.png").write_bytes(png(16, 0, [row.tobytes() for row in (deep[..., :1] // 200).astype(">u2")]))
    (folder / "greyAlpha16.png").write_bytes(png(16, 4, [row.tobytes() for row in deep[..., :2]]))
    (folder / "rgb16.png").write_bytes(png(16, 2, [row.tobytes() for row in deep[..., :3]]))
    (folder / "rgba16.png").write_bytes(png(16, 6, [row.tobytes() for row in deep]))
    (folder / "grey2.png").write_bytes(png(2, 0, [bytes(random.integers(0, 256, 6, dtype=numpy.uint8)) for _ in range(height)]))
    (folder / "grey4.png").write_bytes(png(4, 0, [bytes(random.integers(0, 256, 12, dtype=numpy.uint8)) for _ in range(height)]))
    gamma = png_chunk(b"gAMA", struct.pack(">I", 100000))
    (folder / "gamma.png").write_bytes(png(8, 2, [row.astype(numpy.uint8).tobytes() for row in smooth(3)], gamma))
    swapped = swapped_profile()
    save("profile.jpg", rgb, quality=90, icc_profile=swapped)
    save("profile.png", rgb, icc_profile=swapped)
    save("grey.jpg", grey, quality=90)
    save("photo420.jpg", rgb, quality=85, subsampling=2)
    save("photo444.jpg", rgb, quality=85, subsampling=0)
    save("progressive.jpg", rgb, quality=85, progressive=True)
    cmyk = Image.fromarray(smooth(4).astype(numpy.uint8), "CMYK")
    save("cmyk.jpg", cmyk, quality=95, subsampling=0)
    save("cmyk.tif", cmyk)
    plain = io.BytesIO()
    cmyk.save(plain, "JPEG", quality=95, subsampling=0)
    without_adobe = plain.getvalue()
    start = without_adobe.index(b"\xff\xee")
    length = struct.unpack(">H", without_adobe[start + 2 : start + 4])[0]
    (folder / "cmykPlain.jpg").write_bytes(without_adobe[:start] + without_adobe[start + 2 + length :])
    ycck = without_adobe[: start + 2 + length - 1] + b"\x02" + without_adobe[start + 2 + length :]
    (folder / "ycck.jpg").write_bytes(ycck)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"orientation{orientation}.jpg", rgb, quality=90, exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("orientation6.png", rgb, exif=exif)
    save("orientation6.webp", rgb, exif=exif, lossless=True)
    save("orientation6.tif", rgb, tiffinfo={0x0112: 6})
    frames = [rgb.rotate(turn).quantize(32) for turn in (0, 90, 180)]
    save("animated.gif", frames[0], save_all=True, append_images=frames[1:], duration=50, loop=0)
    save("transparent.gif", palette, transparency=5)
    (folder / "partialFirstFrame.gif").write_bytes(gif_on_larger_canvas(rgb.crop((3, 2, 15, 12)).quantize(16)))
    save("animated.webp", rgb, save_all=True, append_images=[rgb.rotate(90), rgb.rotate(180)], lossless=True, duration=50)
    save("animated.png", rgb, save_all=True, append_images=[rgb.rotate(90), rgb.rotate(180)], duration=50)
    save("lossy.webp", rgb, quality=80)
    save("deflated.tif", rgb, compression="tiff_adobe_deflate")
    save("grey16.tif", Image.fromarray((smooth(1, 65535)[..., 0]).astype(numpy.uint16)))
    save("float.tif", Image.fromarray((smooth(1)[..., 0] * 1.5 - 60).astype(numpy.float32)))
    save("palette.tif", palette)
    save("oneBit.tif", grey.convert("1"))
    save("photo.avif", rgb, quality=90)
    save("rgb.bmp", rgb)
    save("palette.bmp", palette)
    save("oneBit.bmp", grey.convert("1"))
    save("rgba.bmp", Image.merge("RGBA", (*rgb.split(), alpha)))
    save("onePixel.png", Image.new("RGB", (1, 1), (200, 100, 50)))
    save("narrow.png", Image.fromarray(random.integers(0, 256, (500, 1, 3), dtype=numpy.uint8)))


def gif_on_larger_canvas(frame):
    """A GIF whose first frame covers a part of its canvas."""
    buffer = io.BytesIO()
    frame.save(buffer, "GIF")
    gif = bytearray(buffer.getvalue())
    gif[6:10] = struct.pack("<HH", width, height)
    descriptor = gif.index(0x2C, 13 + 3 * (2 << (gif[10] & 7)))
    gif[descriptor + 1 : descriptor + 5] = struct.pack("<HH", 3, 2)
    return bytes(gif)


def swapped_profile():
    """An sRGB profile whose red and blue are exchanged: who obeys it shows other colours."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    entries = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, blue = entries[b"rXYZ"], entries[b"bXYZ"]
    profile[red + 4 : red + 12], profile[blue + 4 : blue + 12] = bytes(profile[blue + 4 : blue + 12]), bytes(profile[red + 4 : red + 12])
    return bytes(profile)


def expected_pixels(path):
    image = Image.open(path)
    frames = getattr(image, "n_frames", 1)
    mode = image.mode
    orientation = image.getexif().get(0x0112, 1)
    turned = ImageOps.exif_transpose(image).convert("RGB")
    pixels = base64.b64encode(zlib.compress(turned.tobytes(), 9)).decode()
    return dict(width=turned.width, height=turned.height, mode=mode, frames=frames, orientation=orientation, pixels=pixels)


def resize_cases():
    """Hashes of Pillow's resize of a pattern that a test makes by itself: byte i is (i * 2654435761 mod 2^32) >> 24, every third kind black and white."""
    cases = []
    sizes = [(160, 120, 29, 22), (50, 37, 298, 224), (37, 53, 22, 31), (1, 50, 22, 1100), (1, 1, 22, 22), (22, 50, 22, 22), (50, 22, 22, 22)]
    sizes += [(333, 77, 64, 77), (300, 17, 22, 40), (7, 7, 6, 6), (100, 100, 3, 5), (224, 224, 224, 224), (229, 347, 224, 339)]
    sizes += [(31, 45, 22, 24), (30, 90, 22, 66), (63, 105, 45, 15), (40, 200, 60, 24), (12, 14, 12, 7)]
    for w, h, out_w, out_h in sizes:
        index = numpy.arange(w * h * 3, dtype=numpy.uint64)
        noise = ((index * 2654435761 % 2**32) >> 24).astype(numpy.uint8)
        for kind, values in (("noise", noise), ("blackAndWhite", numpy.where(noise > 127, 255, 0).astype(numpy.uint8))):
            image = Image.fromarray(values.reshape(h, w, 3))
            for name, resample in (("nearest", 0), ("lanczos", 1), ("bilinear", 2), ("bicubic", 3)):
                out = image.resize((out_w, out_h), resample).tobytes()
                size = dict(width=w, height=h, outWidth=out_w, outHeight=out_h)
                cases.append(dict(kind=kind, filter=name, **size, sha256=hashlib.sha256(out).hexdigest()))
    return cases


def preprocess_cases():
    """Hashes of the float32 pixels that transformers' processors make of the noise pattern; size 30, crop 24, for speed."""
    cases = []
    for w, h in [(40, 30), (30, 40), (24, 24), (1, 9), (9, 1), (31, 45), (100, 33), (25, 30), (20, 61)]:
        index = numpy.arange(w * h * 3, dtype=numpy.uint64)
        image = Image.fromarray(((index * 2654435761 % 2**32) >> 24).astype(numpy.uint8).reshape(h, w, 3))
        shortest = dict(size={"shortest_edge": 30}, crop_size={"height": 24, "width": 24}, resample=3)
        padded = dict(size={"shortest_edge": 15}, crop_size={"height": 24, "width": 23}, resample=3)
        squash = dict(size={"height": 24, "width": 22}, do_center_crop=False, resample=2, image_mean=[0.5] * 3, image_std=[0.5] * 3)
        for kind, options in (("shortest", shortest), ("padded", padded), ("squash", squash)):
            values = CLIPImageProcessorPil(**options)(image, return_tensors="np")["pixel_values"]
            digest = hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()
            cases.append(dict(kind=kind, width=w, height=h, sha256=digest))
    return cases


def format_document(document):
    """One line a picture or case."""
    pictures = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in document["pictures"].items())
    cases = [f'"{kind}": [\n' + ",\n".join(map(json.dumps, document[kind])) + "\n]" for kind in ("resize", "preprocess")]
    return "{\n" + ",\n".join([f'"pictures": {{\n{pictures}\n}}', *cases]) + "\n}\n"


def main():
    for old in folder.iterdir():
        if old.suffix in {".png", ".jpg", ".webp", ".gif", ".tif", ".avif", ".bmp"}:
            old.unlink()
    make_pictures()
    pictures = {path.name: expected_pixels(path) for path in sorted(folder.iterdir()) if path.suffix not in {".py", ".ts", ".json"}}
    document = dict(pictures=pictures, resize=resize_cases(), preprocess=preprocess_cases())
    (folder / "expected.json").write_text(format_document(document))


main()
