export function Logo({ className = 'size-6' }: Readonly<{ className?: string }>) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M11.5 16h3.2c2.2 0 2.6-5.5 6-5.5M14.7 16c2.2 0 2.6 5.5 6 5.5"
        className="fill-none stroke-on-accent"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
      <g className="fill-on-accent">
        <circle cx="9.5" cy="16" r="3" />
        <circle cx="22.5" cy="10.5" r="3" />
        <circle cx="22.5" cy="21.5" r="3" />
      </g>
    </svg>
  );
}
