import { describeProvider } from '../provider-test-bed.ts';
import { xai } from './index.ts';

describeProvider(xai, { recordings: ['xai'] });
