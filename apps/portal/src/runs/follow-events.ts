/** How the live view stands: `live` while events may arrive, `ended` after the run's last one. */
export type FeedState = 'connecting' | 'live' | 'reconnecting' | 'ended' | 'refused';

export type FeedObserver<Payload> = Readonly<{
  next: (payload: Payload) => void;
  error: (error: unknown) => void;
  complete: () => void;
}>;

type FollowOptions<Payload> = Readonly<{
  /** Opens a subscription behind a cursor and returns how to close it. */
  subscribe: (after: string | null, observer: FeedObserver<Payload>) => () => void;
  cursorOf: (payload: Payload) => string | null;
  onPayload: (payload: Payload) => void;
  onState: (state: FeedState) => void;
  /** Tells an answer of the API, which another attempt would get again, from a lost connection. */
  isRefusal: (error: unknown) => boolean;
  /** Tells whether a completed subscription has said everything. */
  isOver: () => boolean;
  schedule: (attempt: () => void, delayMs: number) => () => void;
}>;

const FIRST_DELAY_MS = 300;
const MAX_DELAY_MS = 10_000;
/** A subscription that stood this long is there, even if nothing has happened yet. */
const STANDING_MS = 1_500;

/** Follows a stream through lost connections, resuming each time behind the last event that arrived. */
export function followEvents<Payload>(options: FollowOptions<Payload>): () => void {
  let cursor: string | null = null;
  let failures = 0;
  let isStopped = false;
  let close = () => {};
  let cancelRetry = () => {};

  const stop = () => {
    isStopped = true;
    cancelRetry();
    close();
  };
  const end = (state: FeedState) => {
    stop();
    options.onState(state);
  };
  const reconnect = () => {
    options.onState('reconnecting');
    cancelRetry = options.schedule(connect, Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures));
    failures += 1;
  };
  const connect = () => {
    close();
    close = openConnection(options, cursor, {
      next: (payload) => {
        failures = 0;
        cursor = options.cursorOf(payload) ?? cursor;
        options.onState('live');
        options.onPayload(payload);
      },
      error: (error) => (options.isRefusal(error) ? end('refused') : reconnect()),
      complete: () => (options.isOver() ? end('ended') : reconnect()),
    });
    if (isStopped) close();
  };
  options.onState('connecting');
  connect();
  return stop;
}

/** Opens one subscription that reports its end once, however often its transport does, and nothing after it. */
function openConnection<Payload>(
  { subscribe, onState, schedule }: FollowOptions<Payload>,
  after: string | null,
  observer: FeedObserver<Payload>,
): () => void {
  let isOpen = true;
  const cancelStanding = schedule(() => onState('live'), STANDING_MS);
  const finish = (): boolean => {
    const wasOpen = isOpen;
    isOpen = false;
    cancelStanding();
    return wasOpen;
  };
  const unsubscribe = subscribe(after, {
    next: (payload) => {
      if (isOpen) observer.next(payload);
    },
    error: (error) => {
      if (finish()) observer.error(error);
    },
    complete: () => {
      if (finish()) observer.complete();
    },
  });
  return () => {
    finish();
    unsubscribe();
  };
}
