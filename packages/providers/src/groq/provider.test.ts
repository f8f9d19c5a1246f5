import { describeProvider } from '../provider-test-bed.ts';
import { groq } from './index.ts';

describeProvider(groq, { recordings: ['groq'] });
