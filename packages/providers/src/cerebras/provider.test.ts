import { describeProvider } from '../provider-test-bed.ts';
import { cerebras } from './index.ts';

describeProvider(cerebras, { recordings: ['cerebras'] });
