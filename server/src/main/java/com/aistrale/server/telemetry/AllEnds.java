package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.kit.sql.Unit;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Several {@link Ends} as one. */
record AllEnds(List<Ends> each) implements Ends {
    @Override
    public @Nullable Unit of(InferenceRecord record) {
        return units(ends -> ends.of(record));
    }

    @Override
    public @Nullable Unit late(InferenceRecord record) {
        return units(ends -> ends.late(record));
    }

    private @Nullable Unit units(Function<Ends, @Nullable Unit> ask) {
        List<Unit> units = each.stream().map(ask).filter(Objects::nonNull).toList();
        return switch (units.size()) {
            case 0 -> null;
            case 1 -> units.getFirst();
            default -> new Units(units);
        };
    }

    private record Units(List<Unit> units) implements Unit {
        @Override
        public void announce(Tx tx) {
            units.forEach(unit -> unit.announce(tx));
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            for (var unit : units) {
                unit.apply(tx);
            }
        }
    }
}
