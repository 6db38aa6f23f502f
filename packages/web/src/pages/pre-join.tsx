import { type LocalMediaState, trackOf } from '@conclave/client';
import { type SubmitEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeetingModel } from '../model/meeting-model.js';
import { Avatar } from '../ui/avatar.js';
import { CardPage } from '../ui/card-page.js';
import { DeviceButtons } from '../ui/device-buttons.js';
import { DeviceHints } from '../ui/device-hints.js';
import { NameField } from '../ui/name-field.js';
import { Video } from '../ui/video.js';

interface PreJoinProps {
  readonly model: MeetingModel;
  readonly devices: LocalMediaState;
  readonly displayName: string;
  readonly onJoin: (displayName: string) => void;
}

/** Where one sees oneself before the others do. */
export function PreJoin({ model, devices, displayName, onJoin }: PreJoinProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(displayName);
  const camera = devices.camera.kind === 'on' ? trackOf(devices.camera) : undefined;
  const starting = devices.microphone.kind === 'starting' || devices.camera.kind === 'starting';
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    onJoin(name.trim());
  };
  return (
    <CardPage heading={t('preJoin.heading')} kicker={t('preJoin.room', { room: model.room })} wide>
      <form className="pre-join" onSubmit={submit}>
        <div className="preview">
          {camera ? (
            <Video track={camera} mirrored label={t('preJoin.preview')} />
          ) : (
            <div className="preview-off">
              <Avatar id={model.room} name={name || t('meeting.unnamed')} />
              <p>{t('preJoin.cameraOff')}</p>
            </div>
          )}
          <div className="preview-tools">
            <DeviceButtons devices={devices} onToggle={(kind) => void model.toggleDevice(kind)} />
          </div>
        </div>
        <div className="stack">
          <NameField value={name} onChange={setName} />
          <div className="notices" role="status">
            {starting && <p className="notice">{t('preJoin.starting')}</p>}
            <DeviceHints devices={devices} onRetry={(kind) => void model.toggleDevice(kind)} />
          </div>
          <div className="actions">
            <button type="submit" className="button">
              {t('preJoin.join')}
            </button>
            <a className="button-quiet" href="/">
              {t('preJoin.back')}
            </a>
          </div>
        </div>
      </form>
    </CardPage>
  );
}
