import type { Participant } from '@conclave/client';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../ui/avatar.js';
import { MicrophoneIcon } from '../ui/icons.js';
import { Video } from '../ui/video.js';

export interface TileProps {
  readonly id: string;
  /** As it is shown, with "(you)" where it is oneself. */
  readonly name: string;
  /** As the participant gave it; the initials come from it. */
  readonly displayName: string;
  readonly role: Participant['role'];
  readonly audioMuted: boolean;
  /** Undefined while there is no picture to show. */
  readonly video: MediaStreamTrack | undefined;
  readonly mirrored?: boolean;
  readonly speaking: boolean;
}

/** One participant: picture or initials, name, and whether it is muted or speaks. */
export function Tile({
  id,
  name,
  displayName,
  role,
  audioMuted,
  video,
  mirrored = false,
  speaking,
}: TileProps) {
  const { t } = useTranslation();
  return (
    <li className={speaking ? 'tile tile-speaking' : 'tile'} aria-label={name}>
      {video ? (
        <Video track={video} mirrored={mirrored} label={name} />
      ) : (
        <Avatar id={id} name={displayName} />
      )}
      <div className="tile-label">
        {audioMuted && (
          <span className="tile-muted" role="img" aria-label={t('meeting.micMuted')}>
            <MicrophoneIcon off />
          </span>
        )}
        <span className="tile-name" dir="auto">
          {name}
        </span>
        {role === 'moderator' && <span className="badge">{t('meeting.moderator')}</span>}
        {!video && <span className="visually-hidden">{t('meeting.cameraOff')}</span>}
        {speaking && <span className="visually-hidden">{t('meeting.speaking')}</span>}
      </div>
    </li>
  );
}
