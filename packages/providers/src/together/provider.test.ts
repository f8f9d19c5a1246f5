import { describeProvider } from '../provider-test-bed.ts';
import { together } from './index.ts';

describeProvider(together, { recordings: ['together'] });
