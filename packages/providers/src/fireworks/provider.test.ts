import { describeProvider } from '../provider-test-bed.ts';
import { fireworks } from './index.ts';

describeProvider(fireworks, {
  recordings: [],
  unrecorded: 'No public recording of it was found; it speaks the format of its siblings.',
});
