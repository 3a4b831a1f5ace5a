/** The written contract, as the tests hold the server to it. */
@NullMarked
package com.aistrale.server.contract;

import org.jspecify.annotations.NullMarked;
