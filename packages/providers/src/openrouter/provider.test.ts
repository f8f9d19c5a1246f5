import { describeProvider } from '../provider-test-bed.ts';
import { openrouter } from './index.ts';

describeProvider(openrouter, { recordings: ['openrouter'] });
