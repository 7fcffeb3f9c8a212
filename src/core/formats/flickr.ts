/** One caption of Flickr8k's and Flickr30k's files; `index` is the number of the caption of its image, where the file gives it. */
export interface FlickrCaption {
  readonly image: string;
  readonly caption: string;
  readonly index?: number;
  /** The line was not as the format has it, but its meaning is plain. */
  readonly repaired?: true;
}

/** `1000268201_693b08cb0e.jpg#0<TAB>caption`, of Flickr8k.token.txt and results_20130124.token. */
export function parseTokenLine(line: string): FlickrCaption | undefined {
  const match = /^([^\t]+)#(\d+)\t(.*)$/s.exec(line);
  if (match?.[1] === undefined || match[3] === undefined) return undefined;
  return { image: match[1].trim(), index: Number(match[2]), caption: match[3] };
}

/**
 * `image_name| comment_number| comment` of Flickr30k's results.csv, with its spaces about the values. One row of the published
 * file (2199200615.jpg) has no separator behind the number: it is repaired.
 */
export function parseResultsLine(line: string): FlickrCaption | undefined {
  const [image, number, ...rest] = line.split("|");
  if (image === undefined || number === undefined || image.trim() === "") return undefined;
  if (rest.length > 0 && /^\s*\d+\s*$/.test(number)) return { image: image.trim(), index: Number(number), caption: rest.join("|").trim() };
  const repaired = /^\s*(\d+)\s+(\S.*)$/s.exec([number, ...rest].join("|"));
  if (repaired?.[2] === undefined) return undefined;
  return { image: image.trim(), index: Number(repaired[1]), caption: repaired[2].trim(), repaired: true };
}

/**
 * A raw record of captions.txt (`image,caption`) whose caption has commas that nobody quoted: all behind the first comma is the caption,
 * for names of images in these sets have none.
 */
export function parseUnquotedCaption(record: string): FlickrCaption | undefined {
  const comma = record.indexOf(",");
  if (comma <= 0) return undefined;
  return { image: record.slice(0, comma).trim(), caption: record.slice(comma + 1) };
}
