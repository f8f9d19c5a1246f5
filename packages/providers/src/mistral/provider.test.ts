import { describeProvider } from '../provider-test-bed.ts';
import { mistral } from './index.ts';

describeProvider(mistral, { recordings: ['mistral'] });
