import { describeProvider } from '../provider-test-bed.ts';
import { anthropic } from './index.ts';

describeProvider(anthropic, { recordings: ['anthropic'] });
