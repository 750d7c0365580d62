export default function Incidents() {
  return (
    <div className="content">
      <h1 className="page-title">Incidents</h1>
    </div>
  );
}
