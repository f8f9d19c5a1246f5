import { describeProvider } from '../provider-test-bed.ts';
import { vertex } from './index.ts';

describeProvider(vertex, { recordings: ['vertex'], settings: { project: 'my-project' } });
