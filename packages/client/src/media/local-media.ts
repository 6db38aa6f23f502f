/**
 * The microphone and the camera of this device. A muted microphone stays open and silent, so that unmuting is instant; a muted
 * camera is closed, so that its light goes out. A device that is missing or refused is a state, not an error.
 */
import { Cell, type Observable } from '../observable.js';

export type DeviceKind = 'microphone' | 'camera';

/** Why a device cannot be used: no permission, none there, taken by another program, or no access to devices at all. */
export type DeviceFailure = 'denied' | 'not-found' | 'busy' | 'unsupported' | 'failed';

export type DeviceState =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'on'; readonly track: MediaStreamTrack }
  | { readonly kind: 'muted'; readonly track?: MediaStreamTrack }
  | { readonly kind: 'unavailable'; readonly failure: DeviceFailure };

export interface LocalMediaState {
  readonly microphone: DeviceState;
  readonly camera: DeviceState;
}

/** The one call to the browser that is needed. Absent where pages may not use devices (no secure context). */
export type GetUserMedia = (constraints: MediaStreamConstraints) => Promise<MediaStream>;

const constraints = {
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  camera: {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
  },
} satisfies Record<DeviceKind, MediaTrackConstraints>;

/** The names that browsers give to failures of getUserMedia (W3C Media Capture s.10.2). */
function deviceFailure(error: unknown): DeviceFailure {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'not-found';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

/** Nothing of it is heard or seen by others. */
export function isMuted(state: DeviceState): boolean {
  return state.kind !== 'on';
}

/** The track to send; a muted microphone's stays in place. */
export function trackOf(state: DeviceState): MediaStreamTrack | undefined {
  return state.kind === 'on' || state.kind === 'muted' ? state.track : undefined;
}

export class LocalMedia {
  private readonly cell = new Cell<LocalMediaState>({ microphone: { kind: 'off' }, camera: { kind: 'off' } });
  /** Counts the wishes for each device, so that a late answer of the browser to an earlier one is dropped. */
  private readonly wishes: Record<DeviceKind, number> = { microphone: 0, camera: 0 };

  constructor(private readonly getUserMedia: GetUserMedia | undefined) {}

  get state(): Observable<LocalMediaState> {
    return this.cell;
  }

  /** Opens these devices; asked for together, the browser asks its user once. Resolves when each is on or unavailable. */
  async open(...kinds: readonly DeviceKind[]): Promise<void> {
    const wishes = kinds.map((kind) => ({ kind, wish: this.wish(kind, { kind: 'starting' }) }));
    if (kinds.length > 1) {
      const together = await this.capture(kinds);
      if (typeof together !== 'string') {
        for (const { kind, wish } of wishes) this.settle(kind, wish, together.get(kind) ?? 'not-found');
        return;
      }
    }
    for (const { kind, wish } of wishes) {
      const captured = await this.capture([kind]);
      this.settle(kind, wish, typeof captured === 'string' ? captured : (captured.get(kind) ?? 'not-found'));
    }
  }

  /** Mutes or unmutes. Unmuting a closed device opens it. */
  async setMuted(kind: DeviceKind, muted: boolean): Promise<void> {
    const state = this.cell.value[kind];
    if (!muted) {
      if (state.kind === 'on' || state.kind === 'starting') return;
      if (state.kind === 'muted' && state.track) {
        state.track.enabled = true;
        this.set(kind, { kind: 'on', track: state.track });
        return;
      }
      await this.open(kind);
      return;
    }
    if (kind === 'microphone' && state.kind === 'on') {
      state.track.enabled = false;
      this.set(kind, { kind: 'muted', track: state.track });
    } else if (state.kind === 'on' || state.kind === 'starting') {
      this.wish(kind, { kind: 'muted' });
    }
  }

  /** Releases both devices. */
  close(): void {
    this.wish('microphone', { kind: 'off' });
    this.wish('camera', { kind: 'off' });
  }

  private async capture(
    kinds: readonly DeviceKind[],
  ): Promise<ReadonlyMap<DeviceKind, MediaStreamTrack> | DeviceFailure> {
    if (!this.getUserMedia) return 'unsupported';
    try {
      const stream = await this.getUserMedia({
        audio: kinds.includes('microphone') && constraints.microphone,
        video: kinds.includes('camera') && constraints.camera,
      });
      return new Map(
        stream
          .getTracks()
          .map((track): [DeviceKind, MediaStreamTrack] => [
            track.kind === 'audio' ? 'microphone' : 'camera',
            track,
          ]),
      );
    } catch (error) {
      return deviceFailure(error);
    }
  }

  private settle(kind: DeviceKind, wish: number, captured: MediaStreamTrack | DeviceFailure): void {
    if (typeof captured === 'string') {
      if (this.wishes[kind] === wish) this.set(kind, { kind: 'unavailable', failure: captured });
      return;
    }
    if (this.wishes[kind] !== wish) {
      captured.stop();
      return;
    }
    captured.addEventListener('ended', () => {
      // Unplugged, or permission withdrawn: stop() of ours does not raise this event.
      if (this.wishes[kind] === wish) this.wish(kind, { kind: 'unavailable', failure: 'not-found' });
    });
    this.set(kind, { kind: 'on', track: captured });
  }

  private wish(kind: DeviceKind, next: DeviceState): number {
    trackOf(this.cell.value[kind])?.stop();
    this.set(kind, next);
    return ++this.wishes[kind];
  }

  private set(kind: DeviceKind, state: DeviceState): void {
    this.cell.update((all) => ({ ...all, [kind]: state }));
  }
}
