@org.jspecify.annotations.NullMarked
package com.aistrale.cli.text;
