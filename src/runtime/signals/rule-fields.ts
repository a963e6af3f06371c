/**
 * Fields that rules of several families have.
 *
 * @module
 */
import { z } from 'zod';

/** What people are told of a rule; nothing reads it. */
export const description = z.string().optional().describe('For people only.');

/** A probability or another number in [0, 1]. */
export const unitNumber = z.number().min(0).max(1);
