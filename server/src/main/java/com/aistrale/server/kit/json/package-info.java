/** JSON reading with pointers, and writing. */
@NullMarked
package com.aistrale.server.kit.json;

import org.jspecify.annotations.NullMarked;
