/** Our own small icons: 24 × 24, drawn in the colour of the text, silent for screen readers. */
import type { ReactNode } from 'react';

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

const slash = <path d="M4 4l16 16" />;

export const MicrophoneIcon = ({ off = false }: { readonly off?: boolean }) => (
  <Icon>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    {off && slash}
  </Icon>
);

export const CameraIcon = ({ off = false }: { readonly off?: boolean }) => (
  <Icon>
    <rect x="3" y="6.5" width="12.5" height="11" rx="2.5" />
    <path d="M15.5 10.6l5.5-3v8.8l-5.5-3" />
    {off && slash}
  </Icon>
);

export const ChatIcon = () => (
  <Icon>
    <path d="M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5z" />
    <path d="M8 8.8h8M8 11.6h5" />
  </Icon>
);

export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8.5" r="3.2" />
    <path d="M3 19c.4-3.4 2.7-5.2 6-5.2s5.6 1.8 6 5.2" />
    <path d="M15.5 5.7a3 3 0 0 1 0 5.6M17.2 14.2c2.2.6 3.5 2.2 3.8 4.8" />
  </Icon>
);

export const HandIcon = () => (
  <Icon>
    <path d="M8 12.5V6a1.5 1.5 0 0 1 3 0v5M11 11V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8.5a6.5 6.5 0 0 1-6.5 6.5c-2.6 0-4-1.2-5.3-3.4l-2-3.4a1.4 1.4 0 0 1 2.3-1.5L8 15.5z" />
  </Icon>
);

export const LeaveIcon = () => (
  <Icon>
    <path d="M3.5 14.5c-.7-1.6-.4-3.1.9-4C6.3 9.2 9 8.5 12 8.5s5.7.7 7.6 2c1.3.9 1.6 2.4.9 4l-3.9-.8v-2.4a15 15 0 0 0-9.2 0v2.4z" />
  </Icon>
);

export const KeyboardIcon = () => (
  <Icon>
    <rect x="3" y="6" width="18" height="12" rx="2.5" />
    <path d="M6.5 10h.01M10 10h.01M13.5 10h.01M17 10h.01M8 14h8" />
  </Icon>
);

export const LockIcon = () => (
  <Icon>
    <rect x="5" y="10.5" width="14" height="9.5" rx="2.5" />
    <path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5M12 14.5v2" />
  </Icon>
);

export const LinkIcon = () => (
  <Icon>
    <path d="M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M4.5 12h9M4.5 12l-1-7.5L21 12 3.5 19.5z" />
  </Icon>
);

export const ShuffleIcon = () => (
  <Icon>
    <path d="M4 7h3.5l8 10H20M4 17h3.5l2.2-2.7M13.5 9.5L15.5 7H20M17.5 4.5L20 7l-2.5 2.5M17.5 14.5L20 17l-2.5 2.5" />
  </Icon>
);

/** The mark of the house: a keyhole. */
export const Mark = () => (
  <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="9" className="mark-plate" />
    <path d="M16 7a5.4 5.4 0 0 0-2.6 10.1L11.6 25h8.8l-1.8-7.9A5.4 5.4 0 0 0 16 7Z" className="mark-hole" />
  </svg>
);
