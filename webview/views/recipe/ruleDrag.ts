/** What the list of rules is told of a drag. */
export interface RuleDragEvents {
  /** The place where the dragged rule would be put has changed: the list is drawn anew. */
  readonly onChange: () => void;
  /** A rule was let go before the rule at `place`, or after the last. */
  readonly onDrop: (key: number, place: number) => void;
}

/** A drag of a rule within the list. */
export class RuleDrag {
  readonly #list: HTMLElement;
  readonly #events: RuleDragEvents;
  #key: number | undefined;
  #place: number | undefined;

  constructor(list: HTMLElement, events: RuleDragEvents) {
    this.#list = list;
    this.#events = events;
    list.addEventListener("dragover", (event) => {
      if (this.#key === undefined) return;
      event.preventDefault();
      this.#set(this.#key, placeAt([...list.querySelectorAll(".rule")], event.clientY));
    });
    list.addEventListener("drop", (event) => {
      const [key, place] = [this.#key, this.#place];
      if (key === undefined) return;
      event.preventDefault();
      this.#set(undefined, undefined);
      if (place !== undefined) events.onDrop(key, place);
    });
    list.addEventListener("dragend", () => this.#set(undefined, undefined));
  }

  /** Where the dragged rule would be put; undefined while nothing is dragged. */
  get place(): number | undefined {
    return this.#place;
  }

  /** A drag begins at a rule's grip. */
  start(event: DragEvent, key: number): void {
    const card = this.#list.querySelector(`.rule[data-key="${key}"]`);
    event.dataTransfer?.setData("text/plain", `rule ${key}`);
    if (card !== null) event.dataTransfer?.setDragImage(card, 12, 12);
    this.#key = key;
  }

  #set(key: number | undefined, place: number | undefined): void {
    if (key === this.#key && place === this.#place) return;
    this.#key = key;
    this.#place = place;
    this.#events.onChange();
  }
}

/** The place that a pointer means: before the first element whose middle lies below it. */
function placeAt(elements: readonly Element[], clientY: number): number {
  const place = elements.findIndex((element) => {
    const { top, height } = element.getBoundingClientRect();
    return clientY < top + height / 2;
  });
  return place < 0 ? elements.length : place;
}
