import { ChevronLeft } from 'lucide-react';
import { IconButton } from '../kit/IconButton.tsx';
import { goToList } from '../state/route.ts';

/** Where a room fills the screen of a phone, the way back to the list. For the start of a header. */
export function BackToRooms() {
  return <IconButton className="back" label="Back to rooms" icon={<ChevronLeft />} onClick={goToList} />;
}
