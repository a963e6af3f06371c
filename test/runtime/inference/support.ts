import { embeddedBundleDir } from '../../../src/runtime/inference/bundle.js';

/** The bundle under test: the embedded one, or another to try before it replaces that. */
export const bundleDir = process.env.VSR_TEST_BUNDLE ?? embeddedBundleDir();
