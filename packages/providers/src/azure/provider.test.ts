import { describeProvider } from '../provider-test-bed.ts';
import { azure } from './index.ts';

describeProvider(azure, { recordings: ['azure', 'azure-ai'], settings: { resource: 'my-resource' } });
