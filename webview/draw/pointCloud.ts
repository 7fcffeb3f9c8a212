import type { Camera, Size } from "./camera.ts";
import { screenFromPlane } from "./camera.ts";

/** Draws many points. `rgba` has four bytes a point; points whose alpha is 0 are not there. */
export interface PointCloud {
  readonly kind: "webgl" | "canvas";
  setPoints(xy: Float32Array): void;
  setColours(rgba: Uint8Array): void;
  draw(camera: Camera, size: Size, pixelRatio: number): void;
  dispose(): void;
}

const vertexSource = `#version 300 es
in vec2 place;
in vec4 colour;
uniform vec2 middle;
uniform vec2 unit;
uniform float pointSize;
out vec4 shade;
void main() {
  gl_Position = vec4((place - middle) * unit, 0.0, 1.0);
  gl_PointSize = colour.a == 0.0 ? 0.0 : pointSize;
  shade = colour;
}`;

const fragmentSource = `#version 300 es
precision mediump float;
in vec4 shade;
out vec4 pixel;
void main() {
  float distance = length(gl_PointCoord - 0.5);
  if (distance > 0.5 || shade.a == 0.0) discard;
  float edge = smoothstep(0.5, 0.38, distance);
  pixel = vec4(shade.rgb * shade.a * edge, shade.a * edge);
}`;

/** Makes what draws on a canvas: by WebGL where the machine has it, else point by point. */
export function createPointCloud(canvas: HTMLCanvasElement): PointCloud {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
  return gl === null ? createCanvasCloud(canvas) : createWebglCloud(canvas, gl);
}

/** Points grow as one comes nearer, and shrink where there are very many. */
export function pointSizeOf(count: number, { scale }: Camera): number {
  const crowded = count > 200_000 ? 1.5 : count > 20_000 ? 2.5 : 4;
  return Math.min(12, crowded * Math.max(1, Math.sqrt(scale / 100)));
}

function createWebglCloud(canvas: HTMLCanvasElement, gl: WebGL2RenderingContext): PointCloud {
  const program = link(gl);
  const places = gl.createBuffer();
  const colours = gl.createBuffer();
  const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
  const [middle, unit, pointSize] = [uniform("middle"), uniform("unit"), uniform("pointSize")];
  let count = 0;
  const fill = (buffer: WebGLBuffer, data: Float32Array | Uint8Array): void => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
  };
  const join = (name: string, buffer: WebGLBuffer, size: 2 | 4): void => {
    const at = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, size === 2 ? gl.FLOAT : gl.UNSIGNED_BYTE, size === 4, 0, 0);
  };
  return {
    kind: "webgl",
    setPoints: (xy) => {
      count = xy.length / 2;
      // A vertex that is not a number is drawn anywhere by some drivers: far away is nowhere.
      fill(
        places,
        xy.map((value) => (Number.isNaN(value) ? 1e30 : value)),
      );
    },
    setColours: (rgba) => fill(colours, rgba),
    draw: (camera, { width, height }, pixelRatio) => {
      resize(canvas, width * pixelRatio, height * pixelRatio);
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.useProgram(program);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      join("place", places, 2);
      join("colour", colours, 4);
      gl.uniform2f(middle, camera.x, camera.y);
      gl.uniform2f(unit, (2 * camera.scale) / width, (2 * camera.scale) / height);
      gl.uniform1f(pointSize, pointSizeOf(count, camera) * pixelRatio);
      gl.drawArrays(gl.POINTS, 0, count);
    },
    dispose: () => gl.getExtension("WEBGL_lose_context")?.loseContext(),
  };
}

function link(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexSource],
    [gl.FRAGMENT_SHADER, fragmentSource],
  ] as const) {
    const shader = gl.createShader(type)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true)
    throw new Error(`The map can't be drawn: ${gl.getProgramInfoLog(program) ?? ""}`);
  return program;
}

function createCanvasCloud(canvas: HTMLCanvasElement): PointCloud {
  const context = canvas.getContext("2d")!;
  let places = new Float32Array();
  let colours = new Uint8Array();
  return {
    kind: "canvas",
    setPoints: (xy) => (places = xy as Float32Array<ArrayBuffer>),
    setColours: (rgba) => (colours = rgba as Uint8Array<ArrayBuffer>),
    draw: (camera, size, pixelRatio) => {
      resize(canvas, size.width * pixelRatio, size.height * pixelRatio);
      context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      context.clearRect(0, 0, size.width, size.height);
      const side = pointSizeOf(places.length / 2, camera);
      for (let row = 0; row < places.length / 2; row += 1) {
        const opacity = colours[4 * row + 3]!;
        const { x, y } = screenFromPlane(camera, size, { x: places[2 * row]!, y: places[2 * row + 1]! });
        if (opacity === 0 || !(x >= 0 && y >= 0 && x <= size.width && y <= size.height)) continue;
        context.fillStyle = `rgb(${colours[4 * row]!} ${colours[4 * row + 1]!} ${colours[4 * row + 2]!} / ${opacity / 255})`;
        context.fillRect(x - side / 2, y - side / 2, side, side);
      }
    },
    dispose: () => undefined,
  };
}

function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  const [wide, high] = [Math.round(width), Math.round(height)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
}
