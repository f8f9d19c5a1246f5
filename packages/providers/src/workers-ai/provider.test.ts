import { describeProvider } from '../provider-test-bed.ts';
import { workersAi } from './index.ts';

describeProvider(workersAi, {
  recordings: [],
  unrecorded: 'Its shapes are known from types and documentation only; see its protocol’s tests.',
  settings: { account: '0123456789abcdef0123456789abcdef' },
});
