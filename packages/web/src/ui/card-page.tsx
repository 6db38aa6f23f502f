import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from './icons.js';

interface CardPageProps {
  readonly heading: string;
  /** Small words above the heading, e.g. the room's name. */
  readonly kicker?: string | undefined;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** Every page outside the meeting itself: the mark, one card, one heading, which takes the focus when the page appears. */
export function CardPage({ heading, kicker, wide = false, children }: CardPageProps) {
  const { t } = useTranslation();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // A field that took the focus by itself keeps it.
    if (document.activeElement === document.body || document.activeElement === null) title.current?.focus();
  }, [heading]);
  return (
    <div className="page">
      <header className="page-header">
        <a className="brand" href="/">
          <Mark />
          <span>{t('app.name')}</span>
        </a>
      </header>
      <main className={wide ? 'card card-wide' : 'card'}>
        {kicker && <p className="kicker">{kicker}</p>}
        <h1 tabIndex={-1} ref={title}>
          {heading}
        </h1>
        {children}
      </main>
    </div>
  );
}
