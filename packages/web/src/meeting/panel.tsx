import { type ReactNode, useEffect, useRef } from 'react';
import { CloseIcon } from '../ui/icons.js';

interface PanelProps {
  readonly heading: string;
  readonly closeLabel: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** What opens beside the videos, or over them where there is no room. Escape closes it. */
export function Panel({ heading, closeLabel, onClose, children }: PanelProps) {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      // Whoever was in the panel goes back to where it was opened.
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <aside
      ref={element}
      className="panel"
      aria-label={heading}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <div className="panel-header">
        <h2>{heading}</h2>
        <button type="button" className="button-icon" aria-label={closeLabel} onClick={onClose}>
          <CloseIcon />
        </button>
      </div>
      {children}
    </aside>
  );
}
