import { type DeviceKind, type DeviceState, isMuted, type LocalMediaState } from '@conclave/client';
import { useTranslation } from 'react-i18next';
import { keyOf } from '../model/shortcuts.js';
import { CameraIcon, MicrophoneIcon } from './icons.js';

interface DeviceButtonProps {
  readonly kind: DeviceKind;
  readonly state: DeviceState;
  readonly onToggle: () => void;
}

/** Switches a device. Pressed means that others hear or see. */
function DeviceButton({ kind, state, onToggle }: DeviceButtonProps) {
  const { t } = useTranslation();
  const off = isMuted(state);
  const tooltip =
    kind === 'microphone'
      ? off
        ? t('device.unmuteMicrophone')
        : t('device.muteMicrophone')
      : off
        ? t('device.startCamera')
        : t('device.stopCamera');
  const Icon = kind === 'microphone' ? MicrophoneIcon : CameraIcon;
  return (
    <button
      type="button"
      className={`tool${off ? ' tool-off' : ''}${state.kind === 'unavailable' ? ' tool-unavailable' : ''}`}
      aria-label={kind === 'microphone' ? t('device.microphone') : t('device.camera')}
      aria-pressed={!off}
      aria-busy={state.kind === 'starting' || undefined}
      aria-keyshortcuts={keyOf(kind)}
      data-tooltip={`${tooltip} (${keyOf(kind)})`}
      onClick={onToggle}
    >
      <Icon off={off} />
    </button>
  );
}

interface DeviceButtonsProps {
  readonly devices: LocalMediaState;
  readonly onToggle: (kind: DeviceKind) => void;
}

/** Microphone and camera. */
export function DeviceButtons({ devices, onToggle }: DeviceButtonsProps) {
  return (
    <>
      <DeviceButton kind="microphone" state={devices.microphone} onToggle={() => onToggle('microphone')} />
      <DeviceButton kind="camera" state={devices.camera} onToggle={() => onToggle('camera')} />
    </>
  );
}
