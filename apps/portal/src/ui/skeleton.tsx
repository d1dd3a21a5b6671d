import { classNames } from './class-names.ts';

export function Skeleton({ className }: Readonly<{ className?: string }>) {
  return <div aria-hidden className={classNames('h-4 animate-pulse rounded bg-hover', className)} />;
}

const ROW_WIDTHS = ['w-2/5', 'w-1/3', 'w-1/2', 'w-1/4', 'w-2/5', 'w-1/3'];

/** Stands in for the rows of a list while they load. */
export function RowSkeletons() {
  return (
    <output aria-label="Loading" className="block divide-y divide-line">
      {ROW_WIDTHS.map((width, row) => (
        <div key={row} className="flex h-13 items-center gap-6 px-4">
          <Skeleton className={width} />
          <Skeleton className="ml-auto w-24" />
        </div>
      ))}
    </output>
  );
}
