import type { RemoteTrack } from '@conclave/client';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface VoiceProps {
  readonly track: MediaStreamTrack;
  /** The browser wants a click before it plays sound. */
  readonly onBlocked: () => void;
}

function Voice({ track, onBlocked }: VoiceProps) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return undefined;
    audio.srcObject = new MediaStream([track]);
    audio.play().catch((error: unknown) => {
      if (error instanceof Error && error.name === 'NotAllowedError') onBlocked();
    });
    return () => {
      audio.srcObject = null;
    };
  }, [track, onBlocked]);
  return <audio ref={element} autoPlay />;
}

/** Plays everyone's sound, apart from their tiles: whoever is not shown is heard all the same. */
export function Sound({ tracks }: { readonly tracks: readonly RemoteTrack[] }) {
  const { t } = useTranslation();
  const [blocked, setBlocked] = useState(false);
  const [onBlocked] = useState(() => () => setBlocked(true));
  const box = useRef<HTMLDivElement>(null);
  const play = () => {
    setBlocked(false);
    for (const audio of box.current?.querySelectorAll('audio') ?? [])
      audio.play().catch(() => setBlocked(true));
  };
  return (
    <div ref={box}>
      {tracks
        .filter(({ media }) => media === 'audio')
        .map(({ sourceName, track }) => (
          <Voice key={sourceName} track={track} onBlocked={onBlocked} />
        ))}
      {blocked && (
        <div className="banner" role="alert">
          <span>{t('meeting.soundBlocked')}</span>
          <button type="button" className="button-quiet" onClick={play}>
            {t('meeting.playSound')}
          </button>
        </div>
      )}
    </div>
  );
}
