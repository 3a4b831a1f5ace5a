@NullMarked
package com.aistrale.server.providers.compatible;

import org.jspecify.annotations.NullMarked;
