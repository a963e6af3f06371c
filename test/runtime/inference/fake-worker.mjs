// Stands in for the real worker: answers by the text it gets. `workerData.graph` says how it loads.
import { parentPort, workerData } from 'node:worker_threads';

if (workerData.graph === 'unusable') {
  parentPort.postMessage({ type: 'unusable', message: 'no such graph' });
} else if (workerData.graph === 'crashes-on-load') {
  throw new Error('crashed while loading');
} else {
  parentPort.on('message', ({ type, id, text }) => {
    if (type === 'close') return parentPort.close();
    if (text === 'crash') throw new Error('crashed');
    if (text === 'never') return undefined;
    if (text === 'fail') parentPort.postMessage({ type: 'error', id, message: 'bad text' });
    else {
      parentPort.postMessage({
        type: 'encoded',
        id,
        embedding: new Float32Array([text.length]),
        logits: new Float32Array(0),
        tokens: 2,
        truncated: false,
      });
    }
    return undefined;
  });
  parentPort.postMessage({ type: 'ready' });
}
