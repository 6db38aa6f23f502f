/** How many columns let the videos of a meeting be largest. */

export interface GridSpace {
  readonly count: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly gap: number;
}

export interface Grid {
  readonly columns: number;
  /** Pixels of one tile. */
  readonly width: number;
  readonly height: number;
}

/** Smaller tiles than this are scrolled instead. */
const minWidth = 136;

export function bestGrid({ count, width, height, gap }: GridSpace): Grid {
  // Upright screens get squarer tiles, which fill them better.
  const ratio = width >= height ? 16 / 9 : 4 / 3;
  const candidates = Array.from({ length: Math.max(1, count) }, (_, index): Grid => {
    const columns = index + 1;
    const rows = Math.ceil(Math.max(1, count) / columns);
    const widest = (width - gap * (columns - 1)) / columns;
    const highest = (height - gap * (rows - 1)) / rows;
    const tile = Math.max(0, Math.floor(Math.min(widest, highest * ratio)));
    return { columns, width: tile, height: Math.floor(tile / ratio) };
  });
  const best = candidates.reduce((a, b) => (b.width > a.width ? b : a));
  if (best.width >= minWidth || width <= 0) return best;
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (minWidth + gap))));
  const tile = Math.floor((width - gap * (columns - 1)) / columns);
  return { columns, width: tile, height: Math.floor(tile / ratio) };
}
