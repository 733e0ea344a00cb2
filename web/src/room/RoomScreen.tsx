import { lazy, Suspense, useState } from 'react';
import { ErrorState } from '../kit/ErrorState.tsx';
import { useMyRoom } from '../state/rooms.ts';
import { useJoined } from '../use-client.ts';
import { RoomHeader } from './RoomHeader.tsx';
import { RoomView } from './RoomView.tsx';
import { usePanel } from './use-panel.ts';

const MembersPanel = lazy(async () => ({
  default: (await import('../panels/MembersPanel.tsx')).MembersPanel,
}));
const SearchPanel = lazy(async () => ({ default: (await import('../panels/SearchPanel.tsx')).SearchPanel }));
const RoomSettingsDialog = lazy(async () => ({
  default: (await import('../panels/RoomSettingsDialog.tsx')).RoomSettingsDialog,
}));

/** A room that one is a member of. `seq` is a message to go to. */
export function RoomScreen({ id, seq }: { id: string; seq?: number }) {
  const info = useMyRoom(id);
  const { room, error, again } = useJoined(id);
  const { panel, toggle, close } = usePanel();
  const [settings, setSettings] = useState(false);
  const Side = panel === 'members' ? MembersPanel : SearchPanel;
  return (
    <section className="room" data-panel={panel}>
      <div className="room-main">
        <RoomHeader
          info={info}
          room={room}
          panel={panel}
          onPanel={toggle}
          onSettings={() => setSettings(true)}
        />
        {error && <ErrorState title="This room cannot be shown" error={error} onRetry={again} />}
        {room && !error && <RoomView room={room} info={info} seq={seq} />}
      </div>
      {panel && room && info && (
        <>
          {/* On a phone the panel lies over the room; beside it, this is not there. */}
          <button type="button" className="panel-scrim" aria-label="Close" onClick={close} />
          <div className="room-panel">
            <Suspense fallback={null}>
              <Side room={room} info={info} onClose={close} />
            </Suspense>
          </div>
        </>
      )}
      {settings && room && info && (
        <Suspense fallback={null}>
          <RoomSettingsDialog room={room} info={info} open onOpenChange={setSettings} />
        </Suspense>
      )}
    </section>
  );
}
