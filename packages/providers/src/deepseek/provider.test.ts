import { describeProvider } from '../provider-test-bed.ts';
import { deepseek } from './index.ts';

describeProvider(deepseek, { recordings: ['deepseek'] });
