import { type LocalMediaState, trackOf } from '@conclave/client';
import { type SubmitEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeetingModel } from '../model/meeting-model.js';
import { Avatar } from '../ui/avatar.js';
import { CardPage } from '../ui/card-page.js';
import { DeviceButton } from '../ui/device-button.js';
import { DeviceHint } from '../ui/device-hint.js';
import { Field } from '../ui/field.js';
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
            <DeviceButton
              kind="microphone"
              state={devices.microphone}
              onToggle={() => void model.toggleDevice('microphone')}
            />
            <DeviceButton
              kind="camera"
              state={devices.camera}
              onToggle={() => void model.toggleDevice('camera')}
            />
          </div>
        </div>
        <div className="stack">
          <Field
            label={t('start.name')}
            hint={t('start.nameHint')}
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoComplete="name"
            maxLength={80}
          />
          <div className="notices" role="status">
            {starting && <p className="notice">{t('preJoin.starting')}</p>}
            <DeviceHint
              kind="microphone"
              state={devices.microphone}
              onRetry={() => void model.toggleDevice('microphone')}
            />
            <DeviceHint
              kind="camera"
              state={devices.camera}
              onRetry={() => void model.toggleDevice('camera')}
            />
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
