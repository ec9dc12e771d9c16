import { onTestFinished } from 'vitest';
import { openFileStore, openMemoryStore } from '../../../src/store/engine/store.ts';
import { temporaryHome } from '../../support/store-fixtures.ts';
import { storeContract } from '../contract.ts';

storeContract('file store', async () => {
  const store = await openFileStore(await temporaryHome());
  onTestFinished(() => store.close());
  return store;
});

storeContract('memory store', async () => {
  const store = openMemoryStore();
  onTestFinished(() => store.close());
  return store;
});
