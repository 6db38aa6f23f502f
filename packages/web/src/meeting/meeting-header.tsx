import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { roomPath } from '../model/room-name.js';
import { LinkIcon, LockIcon, Mark } from '../ui/icons.js';

interface MeetingHeaderProps {
  readonly room: string;
  readonly people: number;
  /** Those who only look on. */
  readonly visitors: number;
  readonly locked: boolean;
}

/** The room's name, whether it is locked, how many are here and look on, and the link that invites others. */
export function MeetingHeader({ room, people, visitors, locked }: MeetingHeaderProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 3000);
    return () => clearTimeout(timer);
  }, [copied]);
  // Only pages with a secure address may use the clipboard.
  const clipboard = (navigator as { readonly clipboard?: Clipboard }).clipboard;
  const copy = () => {
    const link = new URL(roomPath(room, window.location), window.location.href).href;
    void clipboard?.writeText(link).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <header className="meeting-header">
      <Mark />
      <h1>{room}</h1>
      {locked && (
        <span className="meeting-locked" role="img" aria-label={t('meeting.locked')}>
          <LockIcon />
        </span>
      )}
      <p className="meeting-count">
        {t('meeting.people', { count: people })}
        {visitors > 0 && `, ${t('visitors.count', { count: visitors })}`}
      </p>
      {clipboard && (
        <button type="button" className="button-quiet button-small" onClick={copy}>
          <LinkIcon />
          <span role="status">{copied ? t('meeting.copied') : t('meeting.copyLink')}</span>
        </button>
      )}
    </header>
  );
}
