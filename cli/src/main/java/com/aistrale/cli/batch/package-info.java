/**
 * {@code aistrale batch}: many requests out of a file, their answers into another. It knows the SDK and nothing of the command line.
 */
@org.jspecify.annotations.NullMarked
package com.aistrale.cli.batch;
