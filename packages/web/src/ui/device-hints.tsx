import type { DeviceKind, DeviceState, LocalMediaState } from '@conclave/client';
import { useTranslation } from 'react-i18next';

interface DeviceHintProps {
  readonly kind: DeviceKind;
  readonly state: DeviceState;
  readonly onRetry: () => void;
}

/** Why a device cannot be used, and what to do about it. */
function DeviceHint({ kind, state, onRetry }: DeviceHintProps) {
  const { t } = useTranslation();
  if (state.kind !== 'unavailable') return null;
  const device = kind === 'microphone' ? t('device.microphoneInText') : t('device.cameraInText');
  return (
    <p className="notice">
      <span>{t(`device.${state.failure}`, { device })}</span>
      {state.failure !== 'unsupported' && (
        <button
          type="button"
          className="button-quiet"
          onClick={onRetry}
          aria-label={`${t('device.retry')}: ${device}`}
        >
          {t('device.retry')}
        </button>
      )}
    </p>
  );
}

interface DeviceHintsProps {
  readonly devices: LocalMediaState;
  readonly onRetry: (kind: DeviceKind) => void;
}

/** The same for microphone and camera. */
export function DeviceHints({ devices, onRetry }: DeviceHintsProps) {
  return (
    <>
      <DeviceHint kind="microphone" state={devices.microphone} onRetry={() => onRetry('microphone')} />
      <DeviceHint kind="camera" state={devices.camera} onRetry={() => onRetry('camera')} />
    </>
  );
}
