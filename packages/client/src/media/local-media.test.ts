import { describe, expect, it } from 'vitest';
import { LocalMedia, isMuted, trackOf } from './local-media.js';

class FakeTrack extends EventTarget {
  enabled = true;
  stopped = false;
  constructor(readonly kind: 'audio' | 'video') {
    super();
  }
  stop() {
    this.stopped = true;
  }
}

function devices(present: { audio?: boolean; video?: boolean } = { audio: true, video: true }) {
  const opened: FakeTrack[] = [];
  const asked: string[] = [];
  const getUserMedia = ({ audio, video }: MediaStreamConstraints) => {
    asked.push([audio && 'audio', video && 'video'].filter(Boolean).join('+'));
    if ((audio && !present.audio) || (video && !present.video)) {
      return Promise.reject(Object.assign(new Error('none'), { name: 'NotFoundError' }));
    }
    const tracks = [...(audio ? [new FakeTrack('audio')] : []), ...(video ? [new FakeTrack('video')] : [])];
    opened.push(...tracks);
    return Promise.resolve({ getTracks: () => tracks } as unknown as MediaStream);
  };
  return { getUserMedia, opened, asked };
}

describe('the devices of a participant', () => {
  it('opens both with one question', async () => {
    const { getUserMedia, asked } = devices();
    const media = new LocalMedia(getUserMedia);
    await media.open('microphone', 'camera');
    expect(media.state.value).toMatchObject({ microphone: { kind: 'on' }, camera: { kind: 'on' } });
    expect(asked).toEqual(['audio+video']);
  });

  it('does without the camera that is not there', async () => {
    const media = new LocalMedia(devices({ audio: true, video: false }).getUserMedia);
    await media.open('microphone', 'camera');
    expect(media.state.value.microphone.kind).toBe('on');
    expect(media.state.value.camera).toEqual({ kind: 'unavailable', failure: 'not-found' });
  });

  it('says so when pages may not use devices', async () => {
    const media = new LocalMedia(undefined);
    await media.open('microphone');
    expect(media.state.value.microphone).toEqual({ kind: 'unavailable', failure: 'unsupported' });
  });

  it('keeps the microphone open while muted', async () => {
    const { getUserMedia, opened, asked } = devices();
    const media = new LocalMedia(getUserMedia);
    await media.open('microphone');
    await media.setMuted('microphone', true);
    expect(opened[0]).toMatchObject({ enabled: false, stopped: false });
    expect(isMuted(media.state.value.microphone)).toBe(true);
    await media.setMuted('microphone', false);
    expect(opened[0]!.enabled).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('closes the camera while muted', async () => {
    const { getUserMedia, opened } = devices();
    const media = new LocalMedia(getUserMedia);
    await media.open('camera');
    await media.setMuted('camera', true);
    expect(opened[0]!.stopped).toBe(true);
    expect(trackOf(media.state.value.camera)).toBeUndefined();
    await media.setMuted('camera', false);
    expect(trackOf(media.state.value.camera)).toBe(opened[1]);
  });

  it('drops a camera that opens after it was muted again', async () => {
    const { getUserMedia, opened } = devices();
    const media = new LocalMedia(getUserMedia);
    const opening = media.open('camera');
    await media.setMuted('camera', true);
    await opening;
    expect(opened[0]!.stopped).toBe(true);
    expect(media.state.value.camera.kind).toBe('muted');
  });

  it('notices that a device was unplugged', async () => {
    const { getUserMedia, opened } = devices();
    const media = new LocalMedia(getUserMedia);
    await media.open('microphone');
    opened[0]!.dispatchEvent(new Event('ended'));
    expect(media.state.value.microphone).toEqual({ kind: 'unavailable', failure: 'not-found' });
  });
});
