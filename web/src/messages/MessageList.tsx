import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import {
  type FocusEvent,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { MessageMenu } from './ContextMenu.tsx';
import { commandOf, commandsOf } from './commands.tsx';
import { estimatedHeight } from './heights.ts';
import { useMessageList } from './list-context.ts';
import { MessageRow } from './MessageRow.tsx';
import { indexOfSeq, isSent, type Row } from './rows.ts';
import type { TimelineView } from './timeline.ts';

/** Where the list is to go: another object goes there again. */
export type Target = { to: 'end' } | { to: number };

/** What is seen of the list. */
export interface Sight {
  /** Indices of the first and the last row in sight. */
  first: number;
  last: number;
  /** The list is at its end, and follows what comes. */
  atEnd: boolean;
  /** The end is more than a screen away. */
  far: boolean;
}

interface MessageListProps {
  rows: readonly Row[];
  view: TimelineView;
  /** What stands above the oldest message, and below the newest that is loaded. */
  start: ReactNode;
  end: ReactNode;
  /** User ids of readers by seq. */
  readers: ReadonlyMap<number, string>;
  target: Target | undefined;
  /** A jump is under way: nothing is loaded meanwhile. */
  jumping: boolean;
  editing: number | undefined;
  picking: string | undefined;
  onSight: (sight: Sight) => void;
  onMore: (end: 'older' | 'newer') => void;
  onJumpToEnds: (end: 'oldest' | 'newest') => void;
  onLeave: () => void;
}

/** Pixels that are kept above the oldest message for what stands there. */
const startPx = 132;
const endPx = 10;
/** As near to the end as counts for being there. */
const nearPx = 60;
/** Rows before an end of what is loaded at which more is asked for. */
const loadAhead = 20;
/** How long a message that was jumped to stands out. */
const markMs = 2_400;

/** A room's messages, of which only those near the screen are in the page. */
export function MessageList(props: MessageListProps) {
  const { rows, view, readers, target, jumping, editing, picking } = props;
  const list = useMessageList();
  const scroller = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [hovered, setHovered] = useState<string>();
  const [focused, setFocused] = useState<string>();
  const [menu, setMenu] = useState<string>();
  const [active, setActive] = useState<string>();
  const [marked, setMarked] = useState<string>();
  const wantsFocus = useRef<string>(undefined);
  const hovering = useRef<string>(undefined);

  const activeIndex = indexOfKey(rows, active);
  const editingIndex = editing === undefined ? -1 : indexOfSeq(rows, editing);
  const boundaries = useBoundaries(rows);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => latest.current.rows[index]?.key ?? index, []),
    estimateSize: useCallback((index: number) => estimatedHeight(latest.current.rows[index]), []),
    rangeExtractor: useCallback(
      // What has the focus, or is edited, stays in the page wherever one scrolls.
      (range: Range) => withIndices(defaultRangeExtractor(range), [activeIndex, editingIndex]),
      [activeIndex, editingIndex],
    ),
    initialOffset: () => Number.MAX_SAFE_INTEGER,
    anchorTo: 'end',
    followOnAppend: view.live,
    scrollEndThreshold: nearPx,
    paddingStart: startPx,
    paddingEnd: endPx,
    overscan: 8,
  });
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (
    item,
    _delta,
    { scrollOffset, scrollDirection },
  ) => {
    // The oldest message lost its name or its date to those that came above it: what is under it stays.
    if (boundaries.has(`${item.key}`)) return true;
    if (!virtualizer.itemSizeCache.has(item.key)) {
      // Who scrolls up meets what was never measured above what they see, on the screen too: that stays where it is.
      const height = scrollDirection === 'backward' ? (scroller.current?.clientHeight ?? 0) : 0;
      return item.start < (scrollOffset ?? 0) + height;
    }
    return item.end <= (scrollOffset ?? 0) && scrollDirection !== 'backward';
  };

  // At first at the newest, before anything is painted.
  useLayoutEffect(() => virtualizer.scrollToEnd(), [virtualizer]);

  useLayoutEffect(() => {
    if (!target) return;
    if (target.to === 'end') return virtualizer.scrollToEnd();
    const all = latest.current.rows;
    const index = Math.min(indexOfSeq(all, target.to), all.length - 1);
    virtualizer.scrollToIndex(index, { align: 'center' });
    const key = all[index]?.key;
    setActive(key);
    setMarked(key);
    const timer = setTimeout(() => setMarked(undefined), markMs);
    return () => clearTimeout(timer);
  }, [target, virtualizer]);

  useLayoutEffect(() => {
    if (editing === undefined) return;
    const index = indexOfSeq(latest.current.rows, editing);
    virtualizer.scrollToIndex(index, { align: 'auto' });
  }, [editing, virtualizer]);

  const look = useCallback(() => {
    const range = virtualizer.range;
    if (!range) return;
    const distance = virtualizer.getDistanceFromEnd();
    const height = scroller.current?.clientHeight ?? 0;
    latest.current.onSight({
      first: range.startIndex,
      last: range.endIndex,
      atEnd: distance <= nearPx,
      far: distance > height,
    });
  }, [virtualizer]);

  // After each render: the range in sight is what renders are for.
  useEffect(() => {
    look();
    const range = virtualizer.range;
    if (!range || jumping) return;
    if (view.older === 'some' && range.startIndex < loadAhead) props.onMore('older');
    if (view.newer === 'some' && range.endIndex > rows.length - loadAhead) props.onMore('newer');
  });

  useLayoutEffect(() => {
    if (wantsFocus.current === undefined) return;
    const index = indexOfKey(rows, wantsFocus.current);
    const article = scroller.current?.querySelector(`[data-index="${index}"] > article`);
    if (!(article instanceof HTMLElement)) return;
    wantsFocus.current = undefined;
    article.focus({ preventScroll: true });
  });

  const focusRow = (index: number) => {
    const row = rows[index];
    if (!row) return;
    wantsFocus.current = row.key;
    setActive(row.key);
    virtualizer.scrollToIndex(index, { align: 'auto' });
  };

  const pressed = (event: KeyboardEvent) => {
    const { key, target: element } = event;
    if (!(element instanceof HTMLElement) || !element.matches('article')) {
      if (key === 'Escape' && element instanceof HTMLElement && element.closest('.toolbar'))
        focusRow(activeIndex);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, () => void> = {
      ArrowUp: () => focusRow(activeIndex - 1),
      ArrowDown: () => (activeIndex + 1 < rows.length ? focusRow(activeIndex + 1) : props.onLeave()),
      Home: () => props.onJumpToEnds('oldest'),
      End: () => props.onJumpToEnds('newest'),
      Escape: props.onLeave,
    };
    const row = rows[activeIndex];
    const commands = row && isSent(row.message) ? commandsOf(row.message, row.key, list) : [];
    const run = moves[key] ?? commandOf(key, commands)?.run;
    if (!run) return;
    event.preventDefault();
    run();
  };

  const keyOf = (element: EventTarget) => {
    const index =
      element instanceof Element ? element.closest('[data-index]')?.getAttribute('data-index') : null;
    return index == null ? undefined : rows[Number(index)]?.key;
  };
  const hover = (event: PointerEvent) => {
    // A finger holds a message for its menu.
    const key = event.pointerType === 'mouse' ? keyOf(event.target) : undefined;
    if (hovering.current === key) return;
    hovering.current = key;
    setHovered(key);
  };
  const focus = ({ target: element }: FocusEvent) => {
    const key = keyOf(element);
    setFocused(key);
    if (key !== undefined) setActive(key);
  };
  const openMenu = useCallback((open: boolean) => setMenu(open ? hovering.current : undefined), []);

  const withTools = picking ?? menu ?? hovered ?? focused;
  const stop = active !== undefined && activeIndex >= 0 ? active : rows.at(-1)?.key;
  const complete = view.older === 'none' && view.newer === 'none';
  return (
    <MessageMenu rowAt={(index) => latest.current.rows[index]}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the articles inside */}
      <div
        className="scroller"
        ref={scroller}
        onScroll={look}
        onKeyDown={pressed}
        onPointerOver={hover}
        onPointerLeave={() => {
          hovering.current = undefined;
          setHovered(undefined);
        }}
        onFocus={focus}
        onBlur={() => setFocused(undefined)}
      >
        <div className="column" style={{ height: virtualizer.getTotalSize() }}>
          <div className="column-start" style={{ height: startPx }}>
            {props.start}
          </div>
          <div
            className="feed"
            // A feed without articles is none.
            {...(rows.length > 0 && { role: 'feed', 'aria-label': 'Messages' })}
            aria-busy={jumping || view.older === 'loading'}
          >
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              const seq = isSent(row.message) ? row.message.seq : undefined;
              return (
                <div
                  key={item.key}
                  ref={virtualizer.measureElement}
                  className="row"
                  data-index={item.index}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <MessageRow
                    row={row}
                    place={item.index + 1}
                    of={complete ? rows.length : -1}
                    stop={row.key === stop}
                    tools={row.key === withTools}
                    picking={row.key === picking}
                    editing={seq !== undefined && seq === editing}
                    marked={row.key === marked}
                    readers={seq === undefined ? undefined : readers.get(seq)}
                    onMenu={openMenu}
                  />
                </div>
              );
            })}
          </div>
          <div className="column-end">{props.end}</div>
        </div>
      </div>
    </MessageMenu>
  );
}

/** The keys of rows that were the oldest once, and had others put above them. */
function useBoundaries(rows: readonly Row[]): ReadonlySet<string> {
  const boundaries = useRef(new Set<string>());
  const first = useRef<string>(undefined);
  const key = rows[0]?.key;
  if (first.current !== undefined && key !== first.current) boundaries.current.add(first.current);
  first.current = key;
  return boundaries.current;
}

function indexOfKey(rows: readonly Row[], key: string | undefined): number {
  return key === undefined ? -1 : rows.findLastIndex((row) => row.key === key);
}

function withIndices(range: number[], indices: readonly number[]): number[] {
  const more = indices.filter((index) => index >= 0 && !range.includes(index));
  return more.length === 0 ? range : [...range, ...more].sort((a, b) => a - b);
}
