import { describeProvider } from '../provider-test-bed.ts';
import { gemini } from './index.ts';

describeProvider(gemini, { recordings: ['gemini'] });
