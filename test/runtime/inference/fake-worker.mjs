// Stands in for the real worker: answers by the text it gets. `workerData.model.graph` says how it loads.
import { parentPort, workerData } from 'node:worker_threads';

if (workerData.model.graph === 'unusable') {
  parentPort.postMessage({ type: 'unusable', message: 'no such graph' });
} else if (workerData.model.graph === 'crashes-on-load') {
  throw new Error('crashed while loading');
} else {
  const forgotten = [];
  parentPort.on('message', ({ type, id, job }) => {
    if (type === 'close') return parentPort.close();
    if (type === 'forget') {
      forgotten.push(id);
      return undefined;
    }
    const { text } = job.excerpt;
    if (text === 'crash') throw new Error('crashed');
    if (text === 'never') return undefined;
    if (text === 'fail') parentPort.postMessage({ type: 'error', id, message: 'bad text' });
    else {
      parentPort.postMessage({
        type: 'answer',
        id,
        answer: {
          type: 'encoded',
          embedding: new Float32Array([text === 'forgotten' ? forgotten.length : text.length]),
          logits: new Float32Array(0),
          spans: [],
          tokens: 2,
          view: 'whole',
        },
      });
    }
    return undefined;
  });
  parentPort.postMessage({ type: 'ready' });
}
