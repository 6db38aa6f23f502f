import { type CSSProperties, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bestGrid } from '../model/grid.js';
import { Tile, type TileProps } from './tile.js';

/** Pixels between tiles. */
const gap = 10;

/** All tiles, as large as their space lets them be. */
export function VideoGrid({ tiles }: { readonly tiles: readonly TileProps[] }) {
  const { t } = useTranslation();
  const space = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = space.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const grid = bestGrid({ count: tiles.length, ...size, gap });
  const style = {
    '--tile-width': `${grid.width}px`,
    '--tile-height': `${grid.height}px`,
    '--columns': grid.columns,
    '--gap': `${gap}px`,
  } as CSSProperties;
  return (
    <div className="grid-space" ref={space}>
      <ul className="grid" style={style} aria-label={t('meeting.videos')}>
        {tiles.map((tile) => (
          <Tile key={tile.id} {...tile} />
        ))}
      </ul>
    </div>
  );
}
