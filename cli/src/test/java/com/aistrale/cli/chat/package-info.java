/** Conversations at a terminal. */
package com.aistrale.cli.chat;
