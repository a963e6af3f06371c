import { expect, test } from 'vitest';
import { noRemoteSettings, RemoteServices } from '../../../src/runtime/external/services.js';
import { stdioServer } from '../../support/mcp-server.js';

test('services open nothing before they are asked, and nothing once they are closed', async () => {
  const settings = { ...noRemoteSettings, categoryServers: [stdioServer()] };
  const services = new RemoteServices(settings, []);
  await services.close();
  await expect(services.categoryServers[0]?.get()).rejects.toThrow('`test` is closed with its configuration');
});

test('closing ends what is being opened', async () => {
  const services = new RemoteServices({ ...noRemoteSettings, categoryServers: [stdioServer()] }, []);
  const server = await services.categoryServers[0]?.get();
  const asked = server?.classify('a contract');
  const closed = services.close();
  await Promise.allSettled([asked]);
  await closed;
  await expect(server?.classify('another')).rejects.toThrow('is closed with its configuration');
});
