import { describeProvider } from '../provider-test-bed.ts';
import { openai } from './index.ts';

describeProvider(openai, { recordings: ['openai'] });
