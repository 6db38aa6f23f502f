import { useEffect, useRef } from 'react';

interface VideoProps {
  readonly track: MediaStreamTrack;
  /** As in a mirror: for one's own face. */
  readonly mirrored?: boolean;
  readonly label: string;
}

/** Shows one video track. Sound never comes from here. */
export function Video({ track, mirrored = false, label }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return undefined;
    video.srcObject = new MediaStream([track]);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return (
    <video
      ref={element}
      className={mirrored ? 'mirrored' : undefined}
      aria-label={label}
      autoPlay
      playsInline
      muted
      disablePictureInPicture
    />
  );
}
